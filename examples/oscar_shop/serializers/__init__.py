"""Where django-oscar-api looks for serializers that a shop changes (``OSCARAPI_OVERRIDE_MODULES``)."""
