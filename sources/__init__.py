"""Where events come from: the event, its log, its filter and its sources.

Nothing in here knows Panel, Bokeh or Tornado, so that an agent may import it cheaply.
"""
