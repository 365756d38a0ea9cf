#include "CMemory.h"

#include <stdlib.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

void c_memory_return(void) {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}
