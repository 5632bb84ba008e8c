"""Charts without a model: values measured in the vector graphics of a page.

`measure.measure_charts` goes from a MuPDF page to charts: `drawing` has shapes and labels as plain data, `frames` and
`axes` find plots
with their scales, a module for each kind of mark measures values, `legends` and `names` give them names.
"""
