process CASTUI_ANNOTATE {
    tag "$meta.id"
    label 'process_single'

    conda "${moduleDir}/environment.yml"
    container "${ workflow.containerEngine in ['singularity', 'apptainer'] && !task.ext.singularity_pull_docker_container ?
        'https://depot.galaxyproject.org/singularity/castui:0.1.0--0' :
        'biocontainers/castui:0.1.0--0' }"

    // CAS_API_TOKEN comes from the secrets of Nextflow: nextflow secrets set CAS_API_TOKEN ...
    secret 'CAS_API_TOKEN'

    input:
    tuple val(meta), path(counts)

    output:
    tuple val(meta), path("${prefix}.castui")   , emit: run
    tuple val(meta), path("${prefix}.labels.csv"), emit: labels
    path "versions.yml"                          , emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    prefix   = task.ext.prefix ?: "${meta.id}"
    """
    castui annotate \\
        $args \\
        --infer-labels \\
        --progress plain \\
        --output-dir ${prefix}.castui \\
        $counts
    cp ${prefix}.castui/inferred_labels.csv ${prefix}.labels.csv

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        castui: \$(castui --version | sed 's/castui //')
    END_VERSIONS
    """

    stub:
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    mkdir ${prefix}.castui
    touch ${prefix}.castui/run.json ${prefix}.labels.csv

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        castui: \$(castui --version | sed 's/castui //')
    END_VERSIONS
    """
}
