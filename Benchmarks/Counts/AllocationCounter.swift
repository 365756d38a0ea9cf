import CAllocations

enum AllocationCounter {
    static var count: Int { Int(c_allocations()) }
}
