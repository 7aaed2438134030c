// SPEC P7: whatever goes back to the allocator is overwritten first. Texts that grow leave their
// shorter copies there, containers their former places, and Embind what came in through it; none of
// them is worth a wipe of its own. Emscripten's small allocator (MALLOC=emmalloc) defines free()
// weakly, under a second name that stays.
#include <cstddef>

#include "core/base/wipe.hpp"

extern "C" {
void emmalloc_free(void* memory);
std::size_t emmalloc_usable_size(void* memory);

void free(void* memory) {
  if (memory != nullptr) {
    fhirwall::wipe_memory(memory, emmalloc_usable_size(memory));
    emmalloc_free(memory);
  }
}
}
