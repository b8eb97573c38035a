// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace app {
/// What the value of a key must look like.
enum class Form {
    section, ///< a map of further keys
    sections, ///< a list of such maps; their keys have "[]" in their path
    layer, ///< a listener layer's own settings, checked by the layer
    text,
    boolean,
    count,
    size,
    duration,
    durations,
    data_rate,
    address, ///< "127.0.0.1:25", "[::1]:25"
    address_or_off, ///< such an address, or off
    networks, ///< one or a list of "10.0.0.0/8"
    servers, ///< "host:port", a list of them, or a map with `servers` and ways to talk to them
    mailboxes, ///< one or a list of mail addresses
    names, ///< one or a list of names of header fields
    choice, ///< one of `choices`, separated by '|'
    loops, ///< auto or a number
    recipients, ///< any, callout, { file: PATH } or { ldap: NAME or keys of ldap[] }
    ldap_servers, ///< "ldaps://host" or a list of them
    certificates, ///< { certificate: FILE, key: FILE } or a list of them
};

/// One key of mailweir.yaml. The table drives parsing, `config show`, `config explain` and
/// etc/mailweir.yaml.
struct Key {
    std::string_view path; ///< "limits.message", "listeners[].role"
    Form form = Form::text;
    std::string_view fallback; ///< the default as YAML; "" where there is none
    std::string_view summary; ///< a sentence or two for an administrator
    std::string_view choices = {};
    bool is_required = false;
    bool needs_restart = false; ///< a reload restarts the gate with a drain
    bool has_no_effect = false; ///< reserved: accepted, said to do nothing yet
};

std::span<const Key> schema();
const Key* find_key(std::string_view path);
/// The keys right under a section: "limits" → its members; "" → the top ones.
std::vector<const Key*> members_of(std::string_view section);
/// The last part of a path.
std::string_view leaf_of(std::string_view path);
/// What a form looks like, for complaints and `config explain`: `a time such as "30 s"`.
std::string form_text(const Key& key);
/// All keys with their defaults, commented out: the text of etc/mailweir.yaml.
std::string reference_document();
}
