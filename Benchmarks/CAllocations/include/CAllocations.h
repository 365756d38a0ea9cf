#ifndef C_ALLOCATIONS_H
#define C_ALLOCATIONS_H

/// How many blocks of memory the process has asked for since it began; 0 for ever where that can't be counted.
unsigned long c_allocations(void);

#endif
