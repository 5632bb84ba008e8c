"""`docpipe report`: one HTML file in which a person can check an output."""
