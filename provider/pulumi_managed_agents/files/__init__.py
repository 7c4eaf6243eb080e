"""The files of a stage as located text: folders, documents, templates; every node knows its file and line."""
