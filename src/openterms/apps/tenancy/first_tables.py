"""The tables of an app, made in one step.

Django makes the models of every earlier app again for each table that a migration adds, so the time grows with the
square of their number. A first migration needs them once, when all of its tables are known.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel, Migration
from django.db.migrations.state import ProjectState


class FirstTables(Migration):
    """A migration that makes tables and does nothing else: each as it is after the migration's last operation."""

    def apply(
        self, project_state: ProjectState, schema_editor: BaseDatabaseSchemaEditor, collect_sql: bool = False
    ) -> Any:
        """Make them; the state that follows. Errors: TypeError where an operation is no part of making a table."""
        vars(project_state).pop("apps", None)
        for operation in self.operations:
            if not isinstance(operation, CreateModel | AddField | AddConstraint | AddIndex):
                raise TypeError(f"{self}: {operation} belongs in a migration of its own")
            operation.state_forwards(self.app_label, project_state)
        for operation in self.operations:
            if isinstance(operation, CreateModel):
                operation.database_forwards(self.app_label, schema_editor, project_state, project_state)
        return project_state
