-- Lmod module file. Unpack the tarball as PREFIX and put PREFIX/share/modulefiles on MODULEPATH.
help([[castui annotates single cells with Cellarium CAS from the terminal. See `castui --help` and `man castui`.]])
whatis("Name: castui")
whatis("Version: " .. myModuleVersion())
whatis("Description: client for Cellarium CAS, the Cell Annotation Service")

-- This file is PREFIX/share/modulefiles/castui/VERSION.lua.
local prefix = myFileName():gsub("/share/modulefiles/castui/[^/]+$", "")
prepend_path("PATH", pathJoin(prefix, "bin"))
prepend_path("MANPATH", pathJoin(prefix, "share/man"))
prepend_path("XDG_DATA_DIRS", pathJoin(prefix, "share"))
conflict("castui")
