"""Quality against labelled data: the field's metrics, and synthetic documents whose truth is known exactly."""
