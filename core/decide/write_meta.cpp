#include "core/decide/write_meta.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "core/base/json_text.hpp"
#include "core/base/wipe.hpp"
#include "core/json/edit_list.hpp"

namespace fhirwall::decide {
namespace {

using json::Document;
using json::kNoNode;
using json::NodeIndex;

constexpr std::array<std::string_view, 8> kServerMembers = {
    "versionId", "lastUpdated", "author",      "project",
    "account",   "accounts",    "compartment", "onBehalfOf"};
constexpr std::size_t kExtendedFrom = 2;  // those behind leave only with option `extendedMeta`

// From a position in the list on. With their siblings: `_lastUpdated`.
bool is_server_member(std::string_view key, std::size_t from) {
  if (key.starts_with('_')) {
    key.remove_prefix(1);
  }
  return std::find(kServerMembers.begin() + from, kServerMembers.end(), key) !=
         kServerMembers.end();
}

template <typename Visitor>
void for_each_child(const Document& document, NodeIndex parent, Visitor&& visit) {
  for (NodeIndex child = Document::first_child(parent), end = document[parent].next; child != end;
       child = document[child].next) {
    visit(child);
  }
}

bool keeps_any(const Document& document, NodeIndex meta, std::size_t from) {
  bool kept = false;
  if (document.is_object(meta)) {
    for_each_child(document, meta, [&](NodeIndex member) {
      kept |= !is_server_member(document.key(member), from);
    });
  }
  return kept;
}

// The accounts that stay, as texts of their values in `document`.
void append_accounts(const ServerMeta& server, std::vector<std::string_view>& out) {
  if (server.accounts_of == nullptr) {
    return;
  }
  const Document& document = *server.accounts_of;
  const NodeIndex accounts = document.find(server.meta, "accounts");
  const NodeIndex account = document.find(server.meta, "account");
  const auto add = [&](NodeIndex node) {
    if (document.is_object(node)) {
      out.push_back(document.raw(node));
    }
  };
  if (accounts != kNoNode) {
    if (document.is_array(accounts)) {
      for_each_child(document, accounts, add);
    }
  } else if (account != kNoNode) {
    add(account);
  }
}

bool names(const ServerMeta& server, std::string_view tag) {
  bool found = false;
  if (server.accounts_of == nullptr) {
    return found;
  }
  const Document& document = *server.accounts_of;
  const auto look = [&](NodeIndex reference) {
    const NodeIndex text = document.find(reference, "reference");
    found |= text != kNoNode && document.string_is(text, tag);
  };
  const NodeIndex accounts = document.find(server.meta, "accounts");
  if (accounts == kNoNode) {
    const NodeIndex account = document.find(server.meta, "account");
    if (account != kNoNode) {
      look(account);
    }
  } else if (document.is_array(accounts)) {
    for_each_child(document, accounts, look);
  }
  return found;
}

// `"project":...,"account":...,"accounts":[...]`, or nothing.
void append_members(const ServerMeta& server, std::string& members) {
  std::vector<std::string_view> accounts;
  append_accounts(server, accounts);
  WipedText own;
  std::string& tag = own.text;
  if (!server.tag.empty() && !names(server, server.tag)) {
    tag.reserve(2 * server.tag.size() + 32);
    tag = "{\"reference\":";
    append_json_string(tag, server.tag);
    tag += '}';
    accounts.push_back(tag);
  }
  // In one piece: a text that grew would leave copies of itself behind (SPEC P7).
  std::size_t room = server.project.size() + 64;
  for (const std::string_view account : accounts) {
    room += 2 * account.size() + 1;
  }
  members.reserve(room);
  if (!server.project.empty()) {
    members += "\"project\":";
    members += server.project;
  }
  if (!accounts.empty()) {
    members += members.empty() ? "" : ",";
    members += "\"account\":";
    members += accounts.front();
    members += ",\"accounts\":";
    JsonList list(members, '[', ']');
    for (const std::string_view account : accounts) {
      list.item();
      members += account;
    }
    list.close();
  }
}

void append_without(const Document& document, bool drop_id, std::size_t from, std::string& out) {
  out.reserve(out.size() + document.text().size());  // a copy that grew would stay behind (SPEC P7)
  json::EditList edits;
  json::MemberCutter cutter(document, 0, edits);
  for_each_child(document, 0, [&](NodeIndex member) {
    const std::string_view key = document.key(member);
    const bool dropped_id = drop_id && (key == "id" || key == "_id");
    if (dropped_id || ((key == "meta" || key == "_meta") && !keeps_any(document, member, from))) {
      cutter.cut(member);
      return;
    }
    cutter.keep(member);
    if (key == "meta") {
      json::MemberCutter inner(document, member, edits);
      for_each_child(document, member, [&](NodeIndex part) {
        if (is_server_member(document.key(part), from)) {
          inner.cut(part);
        } else {
          inner.keep(part);
        }
      });
      inner.finish();
    }
  });
  cutter.finish();
  const std::string_view text = document.text();
  edits.apply(text, 0, static_cast<std::uint32_t>(text.size()), out);
}

}  // namespace

void append_without_server_meta(const Document& document, bool drop_id, std::string& out) {
  append_without(document, drop_id, 0, out);
}

void append_readable(const Document& document, bool extended, std::string& out) {
  append_without(document, false, extended ? kServerMembers.size() : kExtendedFrom, out);
}

void append_with_server_meta(const Document& document, const ServerMeta& server, std::string& out) {
  const std::string_view text = document.text();
  // Behind the last member, in front of the white space that stands before the bracket.
  const auto end_of = [&](NodeIndex container) {
    std::uint32_t at = document[container].begin + 1;
    for_each_child(document, container, [&](NodeIndex member) { at = document[member].end; });
    return at;
  };
  WipedText own;
  std::string& members = own.text;
  append_members(server, members);
  out.reserve(out.size() + text.size() + members.size() + server.security_context.size() + 64);
  const NodeIndex meta = document.find(0, "meta");
  std::uint32_t position = 0;
  if (!members.empty() && meta != kNoNode && document.is_object(meta)) {
    position = end_of(meta);
    out += text.substr(0, position);
    out += document.has_children(meta) ? "," : "";
    out += members;
    members.clear();
  }
  const std::uint32_t end = end_of(0);
  out += text.substr(position, end - position);
  if (!members.empty()) {
    out += ",\"meta\":{";
    out += members;
    out += '}';
  }
  if (!server.security_context.empty() && document.find(0, "securityContext") == kNoNode) {
    out += ",\"securityContext\":";
    out += server.security_context;
  }
  out += text.substr(end);
}

}  // namespace fhirwall::decide
