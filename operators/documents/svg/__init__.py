"""SVG files as MuPDF reads them: style sheets and values that it does not know, written as attributes that it knows."""
