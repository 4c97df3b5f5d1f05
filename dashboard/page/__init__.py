"""The live page: one session each, drawn by the client's modules and by Bokeh's charts."""
