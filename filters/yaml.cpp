// SPDX-License-Identifier: Apache-2.0
#include "filters/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>

namespace filters {
struct Yaml::Source {
    std::string file, text;
    std::vector<std::size_t> line_starts;

    Source(std::string name, std::string_view bytes) : file{std::move(name)}, text{bytes}
    {
        line_starts.push_back(0);
        for (std::size_t at = text.find('\n'); at != std::string::npos;
             at = text.find('\n', at + 1))
            line_starts.push_back(at + 1);
    }
    std::string_view line(int number) const
    {
        const auto index = static_cast<std::size_t>(std::max(number, 1)) - 1;
        if (index >= line_starts.size())
            return {};
        auto rest = std::string_view{text}.substr(line_starts[index]);
        rest = rest.substr(0, rest.find('\n'));
        return rest.ends_with('\r') ? rest.substr(0, rest.size() - 1) : rest;
    }
    /// The quoted text that opens at this place has its closing quote; yaml-cpp takes the rest of
    /// the file instead.
    bool closes_quote(int number, int octet) const
    {
        std::size_t at
            = line_starts[static_cast<std::size_t>(number) - 1] + static_cast<std::size_t>(octet);
        const char quote = at < text.size() ? text[at] : '\0';
        if (quote != '"' && quote != '\'')
            return true;
        for (++at; at < text.size(); ++at) {
            if (quote == '"' && text[at] == '\\')
                ++at;
            else if (text[at] == quote && quote == '\'' && text.compare(at, 2, "''") == 0)
                ++at;
            else if (text[at] == quote)
                return true;
        }
        return false;
    }
    /// Octets before the place, counted as characters.
    int column(int number, int octets) const
    {
        const auto before = line(number).substr(0, static_cast<std::size_t>(std::max(octets, 0)));
        return 1 + static_cast<int>(std::count_if(before.begin(), before.end(), [](char c) {
                   return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
               }));
    }
};

struct Yaml::Node {
    Kind kind = Kind::nothing;
    bool is_quoted = false;
    int line = 0, octet = 0;
    std::string text = {}, tag = {};
    std::vector<std::shared_ptr<Node>> keys = {}, values = {}; // a list has values only
    std::shared_ptr<const Source> source = {};

    const Node* find(std::string_view key) const
    {
        for (std::size_t i = 0; i < keys.size(); ++i)
            if (keys[i]->text == key)
                return values[i].get();
        return nullptr;
    }
};

namespace {
/// Not valid UTF-8, or a control character that YAML forbids: where it stands.
std::size_t first_bad_octet(std::string_view text)
{
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<unsigned char>(text[at]);
        if (lead < 0x80) {
            if ((lead < 0x20 && lead != '\t' && lead != '\n' && lead != '\r') || lead == 0x7F)
                return at;
            ++at;
            continue;
        }
        const std::size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (length == 0 || lead > 0xF4 || at + length > text.size())
            return at;
        for (std::size_t i = 1; i < length; ++i)
            if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U)
                return at;
        const auto second = static_cast<unsigned char>(text[at + 1]);
        if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)
            || (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F))
            return at;
        at += length;
    }
    return std::string_view::npos;
}

/// Ends a parse from inside yaml-cpp's walk.
struct Refused {
    int line, octet;
    std::string text;
};

std::string sentence(std::string_view message)
{
    if (message == "illegal map value")
        return "a \":\" where no value may stand; text with \": \" needs quotes";
    if (message == "end of map not found" || message == "end of sequence not found")
        return std::string{message} + "; indent with spaces and keep entries in line";
    return std::string{message};
}
}

/// Takes yaml-cpp's events and builds the tree on a stack of its own.
class YamlBuilder final : public YAML::EventHandler {
public:
    using Node = Yaml::Node;
    explicit YamlBuilder(std::shared_ptr<const Yaml::Source> source)
        : source_{std::move(source)} { }

    void OnDocumentStart(const YAML::Mark& mark) override { started_ = mark; }
    void OnDocumentEnd() override { }
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        add(Yaml::Kind::nothing, mark, "", anchor);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override
    {
        throw Refused{mark.line + 1, mark.column, "aliases are not used here; write the value out"};
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override
    {
        Node& node = add(Yaml::Kind::scalar, mark, tag, anchor);
        node.text = value;
        node.is_quoted = tag == "!";
        if (node.is_quoted && !source_->closes_quote(node.line, node.octet))
            throw Refused{node.line, node.octet, "a quote that is never closed"};
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override
    {
        open(add(Yaml::Kind::list, mark, tag, anchor));
    }
    void OnSequenceEnd() override { open_.pop_back(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override
    {
        open(add(Yaml::Kind::map, mark, tag, anchor));
    }
    void OnMapEnd() override
    {
        find_duplicates(*open_.back());
        open_.pop_back();
    }

    std::shared_ptr<const Node> root() const { return root_; }
    Complaints complaints;
    static std::expected<Yaml, Complaints> parse(std::string_view text, std::string file);

private:
    Node& add(Yaml::Kind kind, const YAML::Mark& mark, const std::string& tag,
              YAML::anchor_t anchor)
    {
        if (anchor != 0)
            throw Refused{mark.line + 1, mark.column, "anchors are not used here"};
        if (++nodes_ > Yaml::most_nodes)
            throw Refused{mark.line + 1, mark.column, "more entries than a file may have"};
        if (!tag.empty() && tag != "?" && tag != "!" && tag != "!example")
            throw Refused{mark.line + 1, mark.column, "tags are not used here"};
        auto node = std::make_shared<Node>();
        node->kind = kind;
        node->line = mark.line + 1;
        node->octet = mark.column;
        node->source = source_;
        if (tag == "!example")
            node->tag = tag;
        attach(node);
        return *node;
    }
    void attach(const std::shared_ptr<Node>& node)
    {
        if (open_.empty()) {
            root_ = node;
            return;
        }
        Node& parent = *open_.back();
        if (parent.kind == Yaml::Kind::map && parent.keys.size() == parent.values.size()) {
            if (node->kind != Yaml::Kind::scalar)
                throw Refused{node->line, node->octet, "a key must be a plain word"};
            parent.keys.push_back(node);
            return;
        }
        // An empty value has the mark of whatever follows it; its key says more.
        if (node->kind == Yaml::Kind::nothing && !parent.keys.empty()) {
            node->line = parent.keys.back()->line;
            node->octet = parent.keys.back()->octet;
        }
        parent.values.push_back(node);
    }
    void open(Node& node)
    {
        if (open_.size() >= Yaml::deepest)
            throw Refused{node.line, node.octet, "lists and maps nested too deeply"};
        open_.push_back(&node);
    }
    void find_duplicates(const Node& map)
    {
        std::unordered_map<std::string_view, const Node*> seen;
        for (const auto& key : map.keys) {
            const auto [first, is_new] = seen.emplace(key->text, key.get());
            if (!is_new)
                complaints.push_back(Yaml{key}.complain("duplicate key \"" + key->text
                                                        + "\"; first in line "
                                                        + std::to_string(first->second->line)));
        }
    }

    std::shared_ptr<const Yaml::Source> source_;
    YAML::Mark started_;
    std::shared_ptr<const Node> root_;
    std::vector<Node*> open_;
    std::size_t nodes_ = 0;
};

std::expected<Yaml, Complaints> YamlBuilder::parse(std::string_view text, std::string file)
{
    if (text.size() > Yaml::largest)
        return std::unexpected{Complaints{{.file = file, .text = "larger than 8 MiB"}}};
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    const auto source = std::make_shared<Yaml::Source>(std::move(file), text);
    const auto refuse = [&](int line, int octet, std::string why) {
        return std::unexpected{Complaints{{.file = source->file,
                                           .line = line,
                                           .column = source->column(line, octet),
                                           .text = std::move(why),
                                           .source_line = std::string{source->line(line)}}}};
    };
    if (const auto bad = first_bad_octet(text); bad != std::string_view::npos) {
        const auto line
            = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bad), '\n');
        return std::unexpected{Complaints{{.file = source->file,
                                           .line = static_cast<int>(line),
                                           .column = 1,
                                           .text = "not UTF-8 text, or a control character"}}};
    }
    YamlBuilder builder{source};
    YamlBuilder second{source};
    try {
        std::istringstream in{source->text};
        YAML::Parser parser{in};
        parser.HandleNextDocument(builder);
        if (parser.HandleNextDocument(second))
            return refuse(second.started_.line + 1, second.started_.column,
                          "a second document begins; check the indentation");
    } catch (const Refused& refused) {
        return refuse(refused.line, refused.octet, refused.text);
    } catch (const YAML::Exception& error) {
        return refuse(error.mark.line + 1, error.mark.column, sentence(error.msg));
    }
    if (!builder.complaints.empty())
        return std::unexpected{std::move(builder.complaints)};
    return Yaml{builder.root()};
}

std::expected<Yaml, Complaints> Yaml::parse(std::string_view text, std::string file)
{
    return YamlBuilder::parse(text, std::move(file));
}

Yaml Yaml::map_of(std::string key, const Yaml& value)
{
    if (!value.node_)
        return {};
    const auto node = std::make_shared<Node>(*value.node_);
    *node = {.kind = Kind::map, .line = node->line, .octet = node->octet, .source = node->source};
    node->keys.push_back(std::make_shared<Node>(Node{.kind = Kind::scalar,
                                                     .line = node->line,
                                                     .octet = node->octet,
                                                     .text = std::move(key),
                                                     .source = node->source}));
    node->values.push_back(std::make_shared<Node>(*value.node_));
    return Yaml{node};
}

Yaml Yaml::merged(const Yaml& base, const Yaml& over)
{
    if (!base.is_map() || !over.is_map())
        return over ? over : base;
    struct Pair {
        Node* into;
        const Node* over;
    };
    const auto root = std::make_shared<Node>(*base.node_);
    std::vector<Pair> left{{root.get(), over.node_.get()}};
    while (!left.empty()) {
        const auto [into, from] = left.back();
        left.pop_back();
        for (std::size_t i = 0; i < from->keys.size(); ++i) {
            std::size_t at = 0;
            while (at < into->keys.size() && into->keys[at]->text != from->keys[i]->text)
                ++at;
            if (at == into->keys.size()) {
                into->keys.push_back(from->keys[i]);
                into->values.push_back(from->values[i]);
            } else if (into->values[at]->kind == Kind::map && from->values[i]->kind == Kind::map) {
                into->values[at] = std::make_shared<Node>(*into->values[at]);
                left.push_back({into->values[at].get(), from->values[i].get()});
            } else {
                into->keys[at] = from->keys[i];
                into->values[at] = from->values[i];
            }
        }
    }
    return Yaml{root};
}

namespace {
const std::string no_text;
}

Yaml::Kind Yaml::kind() const { return node_ ? node_->kind : Kind::nothing; }
bool Yaml::is_quoted() const { return node_ && node_->is_quoted; }
const std::string& Yaml::text() const { return node_ ? node_->text : no_text; }
const std::string& Yaml::tag() const { return node_ ? node_->tag : no_text; }
const std::string& Yaml::file() const { return node_ ? node_->source->file : no_text; }
int Yaml::line() const { return node_ ? node_->line : 0; }
int Yaml::column() const { return node_ ? node_->source->column(node_->line, node_->octet) : 0; }

std::vector<Yaml> Yaml::items() const
{
    std::vector<Yaml> items;
    if (is_list())
        for (const auto& value : node_->values)
            items.push_back(Yaml{value});
    return items;
}

std::vector<std::pair<Yaml, Yaml>> Yaml::entries() const
{
    std::vector<std::pair<Yaml, Yaml>> entries;
    if (is_map())
        for (std::size_t i = 0; i < node_->keys.size(); ++i)
            entries.emplace_back(Yaml{node_->keys[i]}, Yaml{node_->values[i]});
    return entries;
}

Yaml Yaml::find(std::string_view key) const
{
    if (is_map())
        for (std::size_t i = 0; i < node_->keys.size(); ++i)
            if (node_->keys[i]->text == key)
                return Yaml{node_->values[i]};
    return {};
}

Yaml Yaml::at(std::initializer_list<std::string_view> path) const
{
    Yaml here = *this;
    for (const auto key : path)
        here = here.find(key);
    return here;
}

bool Yaml::has(std::string_view key) const { return is_map() && node_->find(key) != nullptr; }

std::string Yaml::where() const
{
    return file() + ":" + std::to_string(line()) + ":" + std::to_string(column());
}

Complaint Yaml::complain(std::string text, std::string hint) const
{
    Complaint complaint{.file = file(),
                        .line = line(),
                        .column = column(),
                        .text = std::move(text),
                        .hint = std::move(hint)};
    if (node_)
        complaint.source_line = std::string{node_->source->line(node_->line)};
    return complaint;
}
}
