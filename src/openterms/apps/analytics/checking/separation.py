"""Invariant 10: no seller sees another's rows, as far as the database's own catalogue tells."""

from __future__ import annotations

from collections.abc import Iterator

from .findings import Finding, none_of, rows

ROLES = ("openterms_web", "openterms_worker")
UNPROTECTED = """
SELECT c.relname, CASE WHEN NOT c.relrowsecurity THEN 'row-level security is off'
    WHEN NOT c.relforcerowsecurity THEN 'row-level security is not forced' ELSE 'has no policy' END
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND (c.relname = 'tenancy_seller' OR EXISTS (SELECT 1 FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attname = 'seller_id' AND NOT a.attisdropped))
    AND NOT (c.relrowsecurity AND c.relforcerowsecurity
        AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive))
"""
# A policy that lets everybody see rows reads the context; only the worker has one that does not.
LOOSE = """
SELECT tablename, policyname FROM pg_policies
WHERE schemaname = 'public' AND permissive = 'PERMISSIVE' AND roles <> ARRAY['openterms_worker']::name[]
    AND coalesce(qual, '') || coalesce(with_check, '')
        !~ '(openterms_(seller|user|login|key|of|application|reference)\\(\\)|openterms.session|account_emailaddress'
        '|axes_accessattempt a)'
"""
UNBOUND = """
SELECT c.relname, 'does not ask for which customer somebody acts' FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'seller_id' AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND NOT EXISTS (SELECT 1 FROM pg_policies p WHERE p.schemaname = 'public' AND p.tablename = c.relname
        AND p.permissive = 'RESTRICTIVE' AND p.cmd = 'ALL' AND p.roles = ARRAY['public']::name[]
        AND p.qual ~ 'openterms_customer\\(\\)' AND p.with_check ~ 'openterms_customer\\(\\)')
"""
VIEWS = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')
    AND NOT coalesce(reloptions, '{}') @> ARRAY['security_invoker=true']
"""
POWERS = """
SELECT rolname, 'may bypass row-level security' FROM pg_roles
WHERE rolname = ANY(%(roles)s) AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication)
UNION ALL
SELECT r.rolname, 'owns ' || c.relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
WHERE r.rolname = ANY(%(roles)s) AND c.relpersistence <> 't'
UNION ALL
SELECT r.rolname, 'owns function ' || p.proname FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
WHERE r.rolname = ANY(%(roles)s) AND p.pronamespace = 'public'::regnamespace
UNION ALL
SELECT m.rolname, 'is a member of ' || g.rolname FROM pg_auth_members a
    JOIN pg_roles m ON m.oid = a.member JOIN pg_roles g ON g.oid = a.roleid WHERE m.rolname = ANY(%(roles)s)
UNION ALL
SELECT r.name, 'may read the context key' FROM unnest(%(roles)s::text[]) AS r (name)
WHERE has_table_privilege(r.name, 'tenancy_contextkey', 'SELECT')
UNION ALL
SELECT r.name, 'may create in schema public' FROM unnest(%(roles)s::text[]) AS r (name)
WHERE has_schema_privilege(r.name, 'public', 'CREATE')
"""


def separation() -> Iterator[Finding]:
    """Every table with a seller is protected and forced; the two roles own nothing and bypass nothing."""
    ((count,),) = rows(
        "SELECT count(DISTINCT c.oid) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE a.attname = 'seller_id' AND c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
    )
    yield none_of(10, "Every table of a seller has row-level security, forced.", rows(UNPROTECTED), f"{count} tables")
    yield none_of(10, "Every policy reads the signed context.", rows(LOOSE), f"{count} tables")
    yield none_of(10, "Whoever acts for a customer is bound to it.", rows(UNBOUND), f"{count} tables")
    yield none_of(10, "Every view reads as its reader.", rows(VIEWS), "all views")
    powers = rows(POWERS, {"roles": list(ROLES)})
    yield none_of(10, "The web and worker roles own nothing and bypass nothing.", powers, f"{len(ROLES)} roles")
