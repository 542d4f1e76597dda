"""A real shop that we did not write, django-oscar with django-oscar-api, before and after."""
