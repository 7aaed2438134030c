#include "core/filter/request.hpp"

#include <algorithm>
#include <string>

namespace fhirwall::filter {
namespace {

using decide::ClassifiedRequest;
using decide::RequestKind;
using json::Document;
using json::NodeIndex;
using policy::Interaction;

// The string member of this name, unescaped; empty when there is none.
std::string text_of(const Document& document, NodeIndex object, std::string_view key) {
  const NodeIndex member = document.find(object, key);
  std::string scratch;
  return member != json::kNoNode && document.is_string(member)
             ? std::string(document.string(member, scratch))
             : std::string();
}

EntryRequest entry_of(const policy::CompiledPolicy& policy, const Document& document,
                      NodeIndex entry) {
  const NodeIndex request = document.find(entry, "request");
  const auto classified = request_of(policy, document, request);
  EntryRequest out;
  // SPEC 13.7: no operations; nor batches in batches, nor what the server says about itself.
  if (!classified || classified->kind == RequestKind::kBatch ||
      classified->kind == RequestKind::kOperation || classified->kind == RequestKind::kMetadata) {
    return out;
  }
  const bool compartment = classified->kind == RequestKind::kCompartment;
  out.interaction = classified->interaction;
  out.type = classified->type;
  out.known = true;
  out.instance = compartment || classified->kind == RequestKind::kInstance;
  out.about = compartment ? classified->compartment : classified->type;
  out.conditional =
      classified->conditional || document.find(request, "ifNoneExist") != json::kNoNode;
  return out;
}

EntryRequest listed(const Document& document, NodeIndex item) {
  EntryRequest out;
  std::string scratch;
  const std::string name = document.is_string(item) ? std::string(document.string(item, scratch))
                                                    : text_of(document, item, "interaction");
  if (const auto interaction = policy::find_interaction(name)) {
    out.interaction = *interaction;
    out.type = fhir::find_resource_type(text_of(document, item, "resourceType"));
    out.about = out.type;
    out.known = true;
    out.instance = *interaction != Interaction::kSearch;
  }
  return out;
}

}  // namespace

std::optional<ClassifiedRequest> request_of(const policy::CompiledPolicy& policy,
                                            const Document& document, NodeIndex request,
                                            bool with_query) {
  std::string url = text_of(document, request, "url");
  if (!with_query) {
    url.resize(std::min(url.find('?'), url.size()));
  }
  std::string_view relative = url;
  for (const std::string& base : policy.base_urls) {
    if (url.size() > base.size() && url.compare(0, base.size(), base) == 0 &&
        url[base.size()] == '/') {
      relative = std::string_view(url).substr(base.size() + 1);
      break;
    }
  }
  return decide::classify(text_of(document, request, "method"), relative);
}

Error read_requests(const policy::CompiledPolicy& policy, const Document& document,
                    std::vector<EntryRequest>& requests) {
  requests.clear();
  const bool list = document.is_array(0);
  NodeIndex array = 0;
  if (!list) {
    const NodeIndex type = document.find(0, "type");
    array = document.find(0, "entry");
    if (!document.is_object(0) || type == json::kNoNode ||
        document.find(0, "resourceType") == json::kNoNode ||
        !document.string_is(document.find(0, "resourceType"), "Bundle") ||
        (!document.string_is(type, "batch") && !document.string_is(type, "transaction")) ||
        (array != json::kNoNode && !document.is_array(array))) {
      return {ErrorCode::kBatchRequest, 0};
    }
    if (array == json::kNoNode) {
      return {};
    }
  }
  for (NodeIndex item = Document::first_child(array), end = document[array].next; item != end;
       item = document[item].next) {
    requests.push_back(list ? listed(document, item) : entry_of(policy, document, item));
  }
  return {};
}

}  // namespace fhirwall::filter
