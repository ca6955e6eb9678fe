"""Every kind of derivative by the one engine: functions with several outputs, Jacobians, Hessians, adjoints."""
