namespace haina {}
