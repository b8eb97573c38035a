// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/rules/rule.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace filters::rulebook {
/// Limits on rule files: what lies beyond is broken.
struct BookLimits {
    static constexpr std::size_t line = 64U << 10; ///< octets
    static constexpr std::size_t file = 16U << 20;
    static constexpr std::size_t rules = 50'000;
    static constexpr std::size_t remarks = 10'000;
};

/// Reads rule files in SpamAssassin's language (Mail::SpamAssassin::Conf), one after the other,
/// into a RuleBook. Never fails: every line that does not take effect here becomes a remark with
/// its place, but for comments, "test", "reuse" and texts of reports, which mean nothing to a
/// gateway. "include" is refused: files come from the folders that the settings name.
class Parser {
public:
    /// `name` is for complaints.
    void read(std::string_view text, std::string name);
    /// Ends reading.
    RuleBook take() { return std::move(book_); }

private:
    struct Line {
        std::string text; ///< without comment and blanks around
        std::string_view source;
        std::string_view word, rest; ///< of text
        std::string language;
    };
    using Reader = void (Parser::*)(const Line&);
    using Readers = std::unordered_map<std::string_view, Reader>;
    static const Readers& readers();
    static void add_readers(Readers& all, std::string_view names, Reader reader);
    static void add_setting_readers(Readers& all);

    void take_line(std::string_view source);
    bool is_about_conditions(const Line& line);
    void note_left_out(const Line& line);
    bool evaluate(const Line& line, std::string_view condition);
    void dispatch(Line& line);
    void remark(const Line& line, Remark::Severity severity, std::string_view at, std::string text,
                std::string name = {});
    void broken(const Line& line, std::string_view at, std::string text);

    Rule* define(const Line& line, std::string_view name, Kind kind);
    bool read_expression(const Line& line, Rule& rule, std::string_view text);
    bool read_call(const Line& line, Rule& rule, std::string_view text);
    void read_test(const Line& line, Kind kind);
    void header(const Line& line);
    void body(const Line& line);
    void rawbody(const Line& line);
    void uri(const Line& line);
    void full(const Line& line);
    void mimeheader(const Line& line);
    void meta(const Line& line);
    void score(const Line& line);
    void describe(const Line& line);
    void tflags(const Line& line);
    void priority(const Line& line);
    void replace_rules(const Line& line);
    void replace_table(const Line& line);
    void replace_delimiter(const Line& line);
    void address_list(const Line& line);
    void address_removal(const Line& line);
    void received_list(const Line& line);
    void word_list(const Line& line);
    void host_list(const Line& line);
    void named_addresses(const Line& line);
    void clear_domains(const Line& line);
    void compatibility(const Line& line);
    void version(const Line& line);
    void refused(const Line& line);
    void elsewhere(const Line& line);
    void known_by_gateway(const Line& line);
    void fixed_here(const Line& line);
    void without_effect(const Line&) { }

    RuleBook book_;
    std::unordered_map<std::string, std::size_t> index_; ///< of rules, by name
    std::unordered_set<std::string> compatibilities_;
    std::uint32_t line_ = 0;
    /// For each open "if": whether its lines count, and where it stands.
    struct Condition {
        bool is_true = false, is_reached = false;
        std::uint32_t line = 0;
        bool is_plugin = false; ///< "ifplugin"
    };
    std::vector<Condition> conditions_;
    bool is_ended_ = false; ///< by "require_version"
};
}
