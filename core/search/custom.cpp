#include "core/search/custom.hpp"

namespace fhirwall::search {

void read_search_parameter(const json::Document&, json::NodeIndex, const std::string& path,
                           const Limits&, Issues& issues, Custom&) {
  issues.error(IssueCode::kUnsupportedFeature, path, 0, "a search parameter cannot be supplied");
}

void read_compartment_definition(const json::Document&, json::NodeIndex, const std::string& path,
                                 Issues& issues, Custom&) {
  issues.error(IssueCode::kUnsupportedFeature, path, 0,
               "a compartment definition cannot be supplied");
}

}  // namespace fhirwall::search
