"""gradproof: is this gradient right, and if it is not, where and why?"""
