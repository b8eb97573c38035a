// SPDX-License-Identifier: Apache-2.0
#include "gateway/config.hpp"

#include "gateway/config_values.hpp"
#include "gateway/own_certificate.hpp"
#include "gateway/policy_revisions.hpp"
#include "web/api/json.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace app {
using filters::Complaints;
using filters::Yaml;

std::expected<std::string, std::string> read_file(const std::string& path, std::size_t limit)
{
    std::error_code error;
    if (std::filesystem::is_directory(path, error))
        return std::unexpected{path + ": is a directory"};
    std::ifstream in{path, std::ios::binary};
    if (!in)
        return std::unexpected{path + ": " + std::strerror(errno)};
    std::string text;
    std::array<char, 65536> part;
    while (in.read(part.data(), part.size()) || in.gcount() > 0) {
        text.append(part.data(), static_cast<std::size_t>(in.gcount()));
        if (text.size() > limit)
            return std::unexpected{path + ": larger than " + filters::size_text(limit)};
    }
    return text;
}

namespace {
/// A package's defaults stand below the system's file, so that neither is edited for the other.
constexpr const char* system_file = "/etc/mailweir/mailweir.yaml";
constexpr const char* package_defaults = "/usr/share/mailweir/defaults.yaml";

}

std::vector<std::string> files_of(const std::string& file)
{
    std::vector<std::string> files;
    std::error_code error;
    const auto folder = std::filesystem::path{file}.parent_path() / "conf.d";
    for (const auto& entry : std::filesystem::directory_iterator{folder, error})
        if (entry.path().extension() == ".yaml")
            files.push_back(entry.path().string());
    std::ranges::sort(files);
    files.insert(files.begin(), file);
    if (file == system_file && std::filesystem::exists(package_defaults, error))
        files.insert(files.begin(), package_defaults);
    return files;
}

namespace {

/// The flags of `serve` as YAML, so that they take the same way as everything else.
std::string flags_document(const ConfigurationSource& source, bool has_domains)
{
    const auto quoted = [](const std::string& text) { return web::json_quoted(text); };
    std::string yaml;
    if (!source.data.empty())
        yaml += "data: " + quoted(std::filesystem::absolute(source.data).string()) + "\n";
    if (!source.listen.empty())
        yaml += "listeners: [{ name: mx, address: " + quoted(source.listen) + " }]\n";
    if (!source.web.empty())
        yaml += "web: { address: " + quoted(source.web) + " }\n";
    const bool has_own_domains = !source.next_hop.empty() || !source.domains.empty();
    if (!has_own_domains && (source.file || has_domains))
        return yaml;
    const auto next_hop = source.next_hop.empty() ? "127.0.0.1:2526" : source.next_hop;
    const auto domains
        = source.domains.empty() ? std::vector<std::string>{"example.test"} : source.domains;
    yaml += "domains:\n";
    for (const auto& domain : domains)
        yaml += "  - { name: " + quoted(domain) + ", next_hop: [" + quoted(next_hop)
            + "], recipients: any }\n";
    return yaml;
}

void append(Complaints& all, Complaints more)
{
    all.insert(all.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

void merge_document(Yaml& tree, std::string_view text, const std::string& name,
                    Complaints& complaints)
{
    auto document = Yaml::parse(text, name);
    if (!document)
        append(complaints, std::move(document.error()));
    else if (*document && !document->is_map())
        complaints.push_back(document->complain("a configuration is a map of keys"));
    else
        tree = Yaml::merged(tree, *document);
}

/// Which of the pages' settings a file or flag decides, and where.
std::map<std::string, std::string> said_of_own_keys(const Yaml& written)
{
    std::map<std::string, std::string> said;
    const auto look = [&](const std::string& name, const Yaml& value) {
        if (value)
            said[name] = value.file()
                + (value.file() == "command line" ? "" : ":" + std::to_string(value.line()));
    };
    look("domains", written.find("domains"));
    look("preset", written.find("policy"));
    look("block_lists", written.at({"layers", "dnsbl", "lists"}));
    look("certificate.web", written.at({"web", "tls"}));
    for (const auto& listener : written.find("listeners").items())
        look("certificate.listener " + listener.find("name").text(), listener.find("tls"));
    return said;
}
}

std::expected<Configuration, Complaints> load_configuration(const ConfigurationSource& source,
                                                            const OwnSettings* candidate)
{
    Complaints complaints;
    Yaml defaults, tree; // a package's defaults lock nothing: what the pages set stands above them
    for (const auto& file : source.file ? files_of(*source.file) : std::vector<std::string>{}) {
        const auto text = read_file(file);
        if (text)
            merge_document(file == package_defaults ? defaults : tree, *text, file, complaints);
        else
            complaints.push_back(
                {.file = file, .text = "cannot be read" + text.error().substr(file.size())});
    }
    Yaml with_flags = tree;
    merge_document(with_flags, flags_document(source, true), "command line", complaints);
    if (!complaints.empty())
        return std::unexpected{std::move(complaints)};
    const auto data = path_of(value_of(Yaml::merged(defaults, with_flags), "data"));
    const auto own = candidate ? *candidate : read_own_settings(data);
    const auto said_by_files = said_of_own_keys(with_flags);
    Yaml beneath = defaults;
    merge_document(beneath, own.yaml(), "the pages", complaints);
    const auto revision = own.revision != 0 && !said_by_files.contains("preset")
        ? usable_revision(data, own.revision)
        : UsableRevision{};
    if (revision.number != 0)
        merge_document(
            beneath, "policy: " + web::json_quoted(PolicyRevisions{data}.file_of(revision.number)),
            "the pages", complaints);
    tree = Yaml::merged(beneath, tree);
    merge_document(tree, flags_document(source, !own.domains.empty()), "command line", complaints);
    auto configuration = parse_configuration(tree);
    if (configuration) {
        configuration->own = own;
        configuration->locked = said_by_files;
        configuration->policy_revision = revision.number;
        configuration->policy_problem = revision.problem;
        use_own_certificate(*configuration);
    }
    // What is said of keys that stand nowhere concerns the file as a whole.
    if (source.file)
        for (auto& complaint : configuration ? configuration->warnings : configuration.error())
            if (complaint.file.empty())
                complaint.file = *source.file;
    return configuration;
}

std::string Configuration::web_url() const
{
    if (!web.url.empty() || web.address.empty())
        return web.url;
    const auto at = net::parse_endpoint(web.address);
    const bool is_everywhere = at && (at->address() == "0.0.0.0" || at->address() == "::");
    return (web.certificates.empty() ? "http://" : "https://")
        + (is_everywhere ? smtp.hostname + ":" + std::to_string(at->port) : web.address);
}

std::string Configuration::fixed_part() const
{
    std::string fixed = data + "\n" + user + "\n" + std::to_string(loops) + "\n"
        + std::to_string(hung_after.count()) + "\n" + metrics_address + "\n" + web.address
        + (web.is_address_own ? "!" : "");
    for (const auto& listener : smtp.listeners)
        fixed += "\n" + listener.name + " " + listener.address;
    fixed += "\n" + std::to_string(storage.spool_bytes) + " "
        + std::to_string(storage.spool_age.count()) + " "
        + std::to_string(storage.keep_held.count()) + " "
        + std::to_string(storage.keep_history.count());
    return fixed;
}

std::string Configuration::web_part() const
{
    const auto& [url, phone, english, japanese] = web.contact;
    std::string part = smtp.hostname + "\n" + url + "\n" + phone + "\n" + english + "\n" + japanese;
    for (const auto* networks : {&web.allow, &web.digest_allow, &web.proxies}) {
        part += "\n";
        for (const auto& network : *networks)
            part += network.to_string() + " ";
    }
    for (const auto& pair : web.certificates)
        for (const auto& file : {pair.certificate, pair.key}) {
            std::error_code error;
            const auto time = std::filesystem::last_write_time(file, error);
            part += "\n" + file + " " + std::to_string(time.time_since_epoch().count());
        }
    return part;
}

namespace {
/// Something that waits to be shown: a value and the key it has.
struct Shown {
    Yaml value;
    std::string key, path;
};

std::string origin_of(const Yaml& value)
{
    if (value.file().empty())
        return "default";
    return value.file() == "command line" ? value.file()
                                          : value.file() + ":" + std::to_string(value.line());
}

/// A value on one line, in YAML's flow form. Nesting is bounded by Yaml::deepest.
std::string flow_text(const Yaml& value)
{
    if (value.is_scalar())
        return value.is_quoted() ? web::json_quoted(value.text()) : value.text();
    std::string out;
    if (value.is_list()) {
        for (const auto& item : value.items())
            out += (out.empty() ? "" : ", ") + flow_text(item);
        return "[" + out + "]";
    }
    for (const auto& [key, inner] : value.entries())
        out += (out.empty() ? "" : ", ") + key.text() + ": " + flow_text(inner);
    return out.empty() ? "" : "{ " + out + " }";
}

/// Keys of one section, last first, so that a stack shows them in the schema's order.
void push_members(const Yaml& section, const std::string& key, std::string_view path,
                  std::vector<Shown>& left)
{
    auto members = members_of(path);
    std::ranges::reverse(members);
    for (const Key* member : members) {
        const std::string name{leaf_of(member->path)};
        left.push_back({value_of(section, member->path), key.empty() ? name : key + "." + name,
                        std::string{member->path}});
    }
}
}

std::vector<EffectiveValue> effective_values(const Yaml& tree)
{
    std::vector<EffectiveValue> values;
    std::vector<Shown> left;
    push_members(tree, "", "", left);
    while (!left.empty()) {
        const Shown shown = std::move(left.back());
        left.pop_back();
        const Key& key = *find_key(shown.path);
        if (key.form == Form::section) {
            // Members are found from the tree's root by their whole path.
            push_members(tree, shown.key, shown.path, left);
        } else if (key.form == Form::sections && !shown.value.items().empty()) {
            const auto items = shown.value.items();
            for (std::size_t i = items.size(); i-- > 0;)
                push_members(items[i], shown.key + "[" + std::to_string(i) + "]", shown.path + "[]",
                             left);
        } else {
            values.push_back({shown.key, flow_text(shown.value), origin_of(shown.value)});
        }
    }
    return values;
}

std::string warnings_text(const Complaints& warnings)
{
    std::string out;
    for (const auto& warning : warnings) {
        auto text = warning.to_string();
        const auto at = text.find("error: ");
        if (at != text.npos)
            text.replace(at, 5, "warning");
        out += text + "\n";
    }
    return out;
}
}
