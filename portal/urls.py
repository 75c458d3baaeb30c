"""The portal's addresses; each app brings its own short list."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from portal import views
from portal.csp_reports import csp_report

front = [
    path("help/", views.help_page, name="help"),
    path("health/live", views.live, name="live"),
    path("health/ready", views.ready, name="ready"),
    path("health/metrics", views.figures, name="metrics"),
    path("robots.txt", views.robots, name="robots"),
    path("csp-report/", csp_report, name="csp_report"),
]
if settings.DEBUG:
    front.append(path("styleguide/", views.styleguide, name="styleguide"))

urlpatterns = [
    path("", views.home, name="home"),
    path("", include((front, "portal"))),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("education.urls")),
]

handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.forbidden"
handler404 = "portal.errors.not_found"
# allauth asks for this one.
handler429 = "portal.errors.too_many"
handler500 = "portal.errors.server_error"
