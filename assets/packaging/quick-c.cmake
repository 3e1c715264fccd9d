# Compiles HDF5 with -O1 for builds that are made to be tried and tested. It takes half the time of -O3, and castui decodes
# compressed chunks itself, so reading is as fast.
set(CMAKE_C_FLAGS_RELEASE "-O1 -DNDEBUG" CACHE STRING "")
