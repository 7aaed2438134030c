#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fhirwall::policy {

// The seven interactions of the policy language; `patch` counts as update (SPEC 16).
enum class Interaction : std::uint8_t {
  kRead,
  kVread,
  kSearch,
  kHistory,
  kCreate,
  kUpdate,
  kDelete
};

using InteractionMask = std::uint8_t;  // bit n = Interaction n
inline constexpr InteractionMask kAllInteractions = 0x7F;

[[nodiscard]] constexpr InteractionMask mask_of(Interaction interaction) {
  return static_cast<InteractionMask>(1u << static_cast<unsigned>(interaction));
}
inline constexpr InteractionMask kReadInteractions =
    static_cast<InteractionMask>(mask_of(Interaction::kRead) | mask_of(Interaction::kVread) |
                                 mask_of(Interaction::kSearch) | mask_of(Interaction::kHistory));

[[nodiscard]] std::string_view interaction_name(Interaction interaction);
// Also accepts `patch`; case-sensitive.
[[nodiscard]] std::optional<Interaction> find_interaction(std::string_view name);

}  // namespace fhirwall::policy
