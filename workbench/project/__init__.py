"""The room `project`: a new project around a table, and a diagnosis of the machine it runs on."""

from workbench.project.creating import Project, init
from workbench.project.doctor import Check, Diagnosis, doctor
from workbench.project.fitting import Fit, params_text
from workbench.project.shipped import as_project_pipeline

__all__ = ["Check", "Diagnosis", "Fit", "Project", "as_project_pipeline", "doctor", "init", "params_text"]
