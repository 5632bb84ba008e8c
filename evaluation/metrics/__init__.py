"""The field's metrics on text, boxes, charts and confidences."""
