"""Choose the seller one works for."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ..middleware import SELLER_KEY
from .access import staff


@require_POST
@staff
def switch(request: HttpRequest) -> HttpResponse:
    """Work for another of one's own sellers from now on; starts at Today, because addresses belong to a seller."""
    code = request.POST.get("seller", "")
    for seller in request.sellers:  # type: ignore[attr-defined]
        if seller.code == code:
            request.session[SELLER_KEY] = str(seller.id)
            return HttpResponseRedirect("/")
    raise PermissionDenied(_("You do not work for that seller."))
