#include "core/policy/interaction.hpp"

namespace fhirwall::policy {

std::string_view interaction_name(Interaction interaction) {
  switch (interaction) {
    case Interaction::kRead: return "read";
    case Interaction::kVread: return "vread";
    case Interaction::kSearch: return "search";
    case Interaction::kHistory: return "history";
    case Interaction::kCreate: return "create";
    case Interaction::kUpdate: return "update";
    case Interaction::kDelete: return "delete";
  }
  return "unknown";
}

std::optional<Interaction> find_interaction(std::string_view name) {
  if (name == "patch") {  // SPEC 16: `patch` counts as `update`
    return Interaction::kUpdate;
  }
  for (unsigned i = 0; i < 7; ++i) {
    const auto interaction = static_cast<Interaction>(i);
    if (name == interaction_name(interaction)) {
      return interaction;
    }
  }
  return std::nullopt;
}

}  // namespace fhirwall::policy
