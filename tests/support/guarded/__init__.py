"""On the path of every `yizhan` that the tests start: Python imports `sitecustomize` from here by itself."""
