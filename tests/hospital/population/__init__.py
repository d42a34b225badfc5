"""The made population of the test hospital: plans, the truth of each criterion, and the records that realise them."""
