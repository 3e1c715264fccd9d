"""Opens an annotated .h5ad in the official client's viewer: viewer.py SOURCE ANNOTATED FOLDER CLUSTERS

The circular-tree app is started without a browser for two files: ANNOTATED, and SOURCE annotated by the official
functions with FOLDER/ontology_response.json. Both apps get the HTTP requests of a browser: the page, the two plots, a
click on a term, one on a cell, other thresholds, a cluster of the column CLUSTERS. The responses must be identical.
"""

import json
import pathlib
import sys
import warnings

import anndata
import h5ad
from cellarium.cas.postprocessing.cell_ontology.cell_ontology_cache import CellOntologyCache
from cellarium.cas.visualization import CASCircularTreePlotUMAPDashApp

warnings.filterwarnings("ignore")


class Browser:
    """Sends an app the requests of a browser."""

    def __init__(self, adata, resource, clusters):
        app = CASCircularTreePlotUMAPDashApp(adata, cl=CellOntologyCache(resource), cluster_label_obs_column=clusters)
        self.client = app.app.server.test_client()
        self.callbacks = self.get("/_dash-dependencies")

    def get(self, path):
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status)
        return answer.json

    def change(self, element, field, value, changes=""):
        """Returns the effect of changing a field of an element, from the callback whose outputs contain `changes`."""
        changed = {"id": element, "property": field}
        [callback] = [
            callback
            for callback in self.callbacks
            if changed in callback["inputs"] and changes in callback["output"]
        ]
        outputs = [dict(zip(("id", "property"), name.rsplit(".", 1))) for name in callback["output"].strip(".").split("...")]
        question = {
            "output": callback["output"],
            "outputs": outputs if callback["output"].startswith("..") else outputs[0],
            "inputs": [{**changed, "value": value}],
            "changedPropIds": [f"{element}.{field}"],
            "state": [{**state, "value": None} for state in callback["state"]],
        }
        answer = self.client.post("/_dash-update-component", json=question)
        # 204: the callback has no output.
        assert answer.status_code in (200, 204), (element, answer.status, answer.text[:500])
        return answer.json

    def visit(self, cluster):
        """Yields the responses of a visit with a description of each request."""
        click = lambda place: {"points": [{"pointIndex": place}]}
        yield "page", self.get("/_dash-layout")
        yield "tree", self.change("init", "children", None, "circular-tree-plot")
        yield "embedding", self.change("init", "children", None, "umap-scatter-plot")
        yield "click on a term", self.change("circular-tree-plot", "clickData", click(1))
        yield "click on a cell", self.change("umap-scatter-plot", "clickData", click(7))
        yield "threshold", self.change("evidence-threshold", "value", 0.3)
        yield "fraction", self.change("cell-fraction", "value", 0.1)
        yield "cluster", self.change("domain-dropdown", "value", f"cluster {cluster}")
        yield "update", self.change("update-button", "n_clicks", 1)


def main():
    source, annotated, folder = map(pathlib.Path, sys.argv[1:4])
    clusters = sys.argv[4]
    resource = json.loads((folder / "ontology_resource.json").read_text())
    ours, theirs = anndata.read_h5ad(annotated), h5ad.official(source, folder)
    cluster = ours.obs[clusters].cat.categories[0]
    visits = [dict(Browser(adata, resource, clusters).visit(cluster)) for adata in (ours, theirs)]
    for asked in visits[0]:
        one, other = (json.dumps(visit[asked]) for visit in visits)
        assert one == other, f"{asked}: the viewer shows another picture than of the official file"
    shown = len(visits[0]["embedding"]["response"]["umap-scatter-plot"]["figure"]["data"][0]["x"])
    assert shown == ours.n_obs, shown
    size = sum(len(json.dumps(answer)) for answer in visits[0].values())
    print(f"the official viewer opens the file; {len(visits[0])} of its answers compared, {size} bytes, 0 differences")


if __name__ == "__main__":
    main()
