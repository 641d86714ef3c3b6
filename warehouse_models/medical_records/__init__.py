"""The medical-records database: visits, diagnoses, prescriptions, charges."""
