"""Where the education apps live."""

from django.urls import include, path

urlpatterns = [
    path("", include("education.care.urls")),
    path("read/", include("education.reading.urls")),
    path("programmes/", include("education.reading.programmes.urls")),
    path("journal/", include("education.journal.urls")),
    path("figures/", include("education.articles.urls")),
    path("glossary/", include("education.articles.glossary_urls")),
]
