"""The actions: what each records and refuses."""
