"""Charts drawn by plotting programs, with the exact values that they plot.

`python -m docpipe.evaluation.synthetic.plots OUT --program NAME` writes PDFs and `charts.jsonl`, whose rows name what
was plotted. The programs
are those of this machine: matplotlib, R with ggplot2, gnuplot, LibreOffice, and Vega-Lite by vl-convert. Nothing else
    of docpipe needs them.
"""
