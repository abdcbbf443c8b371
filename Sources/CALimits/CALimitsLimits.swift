/// Every bound of this module, what happens beyond it, and where the number comes from.
enum CALimitsLimits {}
