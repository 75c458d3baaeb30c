from django.urls import path

from education.glossary.views import lookup

from . import glossary_page

app_name = "glossary"

urlpatterns = [
    path("", glossary_page.index, name="index"),
    path("<slug:slug>/", glossary_page.term, name="term"),
    path("<slug:slug>/opened/", lookup, name="lookup"),
]
