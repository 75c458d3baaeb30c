"""The portal's own articles, loaded without the demo."""

import pytest
from django.conf import settings
from django.core.management import call_command

from education.articles.models import Edition


# About what is in the files; the demo loads them on both databases.
@pytest.mark.once
def test_content_loads_as_drafts_without_the_demo(editor):
    call_command("import_content")
    files = list((settings.BASE_DIR / "fixtures").glob("articles/*/*.md"))
    assert Edition.objects.filter(state="draft").count() == len(files)
    assert not Edition.objects.published().exists()
