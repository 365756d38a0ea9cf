#ifndef C_MEMORY_H
#define C_MEMORY_H

/// Gives memory that is free back to the system; nothing where the C library does so by itself.
void c_memory_return(void);

#endif
