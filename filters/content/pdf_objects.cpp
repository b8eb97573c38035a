// SPDX-License-Identifier: Apache-2.0
#include "filters/content/pdf_objects.hpp"

#include "filters/content/pdf_filters.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <new>
#include <qpdf/Buffer.hh>
#include <qpdf/BufferInputSource.hh>
#include <qpdf/Pipeline.hh>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFExc.hh>
#include <set>
#include <stdexcept>

namespace filters::content {
namespace {
/// Takes what a filter gives, up to a limit.
class Limited final : public Pipeline {
public:
    explicit Limited(std::size_t limit) : Pipeline{"", nullptr}, limit_{limit} { }
    void write(const unsigned char* data, std::size_t size) override
    {
        if (size > limit_ - octets_.size()) {
            is_over_ = true;
            throw std::runtime_error{"too much"};
        }
        octets_.append(reinterpret_cast<const char*>(data), size);
    }
    void finish() override { }
    std::string take() { return std::move(octets_); }
    bool is_over() const { return is_over_; }

private:
    std::size_t limit_;
    std::string octets_;
    bool is_over_ = false;
};

/// No std::exception: qpdf reads on behind those.
struct OverBudget { };

/// A file for qpdf's parser, which has no limits of its own. Each value takes a quarter of a
/// kilobyte there, and whoever looks for the end of a broken stream reads to the end of the file.
class Metered final : public BufferInputSource {
public:
    Metered(std::string_view pdf, std::size_t& values)
        : BufferInputSource{"", new Buffer{octets_of(pdf), pdf.size()}, true}, values_{values}
    { }
    std::size_t read(char* buffer, std::size_t length) override
    {
        const auto taken = BufferInputSource::read(buffer, length);
        constexpr std::size_t by_parser = 4096; // data of streams come in larger pieces
        if (taken <= by_parser)
            octets_ += std::max(taken, a_call);
        constexpr std::size_t of_parser = 128;
        if (length == of_parser)
            octets_ += values_in({buffer, taken}) * octets_for_one / values_for_one;
        else if (auto* limit = UnpackLimit::latest()) // objects may stand in a stream as they are
            limit->take_values({buffer, taken});
        const auto price = octets_ / octets_for_one;
        octets_ %= octets_for_one;
        if (price >= values_) {
            values_ = 0;
            throw OverBudget{};
        }
        values_ -= price;
        return taken;
    }

private:
    static constexpr std::size_t a_call = 16, octets_for_one = 200;
    static unsigned char* octets_of(std::string_view pdf)
    {
        return reinterpret_cast<unsigned char*>(const_cast<char*>(pdf.data()));
    }
    /// What stands behind a small object is another's; a string or a comment can only say it ends.
    static std::size_t values_in(std::string_view piece)
    {
        const auto end = std::min(piece.find("endobj"), piece.size());
        const bool is_plain = piece.substr(0, end).find_first_of("(%") == piece.npos;
        return count_values(is_plain ? piece.substr(0, end) : piece);
    }

    std::size_t& values_;
    std::size_t octets_ = 0;
};

class Pdf {
public:
    Pdf(std::size_t link_limit, PdfBudget budget)
        : link_limit_{link_limit}, objects_{budget.objects}, values_{budget.values},
          bytes_{budget.bytes}, unpacked_{budget.unpacked}
    { }

    PdfFacts read(std::string_view bytes)
    {
        // Lists of objects pack well, but not like a bomb.
        constexpr std::size_t in_any_case = 4U << 20, times = 32;
        const auto most = std::min(unpacked_, in_any_case + times * bytes.size());
        UnpackLimit limit{most, &values_};
        read_objects(bytes);
        unpacked_ -= most - limit.left();
        facts_.is_bomb = limit.is_over();
        facts_.is_damaged = facts_.is_damaged || limit.has_refused();
        if (values_ == 0)
            facts_.is_over_limit = true;
        return std::move(facts_);
    }

private:
    void read_objects(std::string_view bytes)
    {
        QPDF pdf;
        pdf.setSuppressWarnings(true);
        try {
            pdf.processInputSource(std::make_shared<Metered>(bytes, values_));
            facts_.is_encrypted = pdf.isEncrypted();
            read_table(pdf, pdf.getXRefTable());
        } catch (const QPDFExc& problem) {
            if (problem.getErrorCode() == qpdf_e_password)
                facts_.is_encrypted = true;
            else
                facts_.is_damaged = true;
        } catch (const OverBudget&) {
            facts_.is_over_limit = true;
        } catch (const std::bad_alloc&) {
            throw;
        } catch (const std::exception&) {
            facts_.is_damaged = true;
        }
    }

    void read_table(QPDF& pdf, const std::map<QPDFObjGen, QPDFXRefEntry>& table)
    {
        constexpr std::size_t cheaper = 4; // objects in streams are
        const auto is_in_stream = [](const auto& entry) { return entry.second.getType() == 2; };
        const auto in_streams
            = static_cast<std::size_t>(std::count_if(table.begin(), table.end(), is_in_stream));
        facts_.is_over_limit = table.size() - in_streams + in_streams / cheaper > objects_;
        bool has_lost = false;
        std::size_t read = 0;
        for (const auto& entry : table) {
            if (objects_ == 0 || values_ == 0)
                break;
            if (!is_in_stream(entry) || ++read % cheaper == 0)
                --objects_;
            const auto before = pdf.numWarnings();
            auto object = pdf.getObject(entry.first);
            has_lost |= is_in_stream(entry) && object.isNull();
            walk(object);
            // Behind a warning there may be a search through the whole table.
            constexpr std::size_t entries_for_one = 50;
            const auto searches = pdf.numWarnings() - before;
            values_ -= std::min(values_, searches * table.size() / entries_for_one);
        }
        // Others may make more of a stream, or of a table, that qpdf gives up.
        facts_.is_damaged = facts_.is_damaged || (has_lost && pdf.numWarnings() > 0)
            || (has_object_streams_ && in_streams == 0);
    }

    /// An object and the values that stand in it; objects it refers to come by their own numbers.
    void walk(QPDFObjectHandle object)
    {
        std::vector<QPDFObjectHandle> waiting{object};
        while (!waiting.empty() && values_ > 0) {
            auto value = waiting.back();
            waiting.pop_back();
            --values_;
            if (value.isStream())
                value = value.getDict();
            const auto add = [&](QPDFObjectHandle inner) {
                if (!inner.isIndirect() && (inner.isDictionary() || inner.isArray()))
                    waiting.push_back(inner);
            };
            if (value.isArray())
                for (int i = 0; i < value.getArrayNItems(); ++i)
                    add(value.getArrayItem(i));
            else if (value.isDictionary()) {
                look(value);
                for (const auto& key : value.getKeys())
                    add(value.getKey(key));
            }
        }
    }

    void look(QPDFObjectHandle& dictionary)
    {
        const auto has = [&](const char* key) { return dictionary.hasKey(key); };
        if (has("/JS") || has("/XFA") || has("/JavaScript"))
            facts_.has_script = true;
        if (has("/EF") || has("/EmbeddedFiles"))
            facts_.has_embedded_files = true;
        if (has("/EF"))
            take_file(dictionary);
        if (auto type = dictionary.getKey("/Type"); type.isName() && type.getName() == "/ObjStm")
            has_object_streams_ = true;
        if (auto uri = dictionary.getKey("/URI"); uri.isString())
            add_link(uri.getStringValue());
        auto kind = dictionary.getKey("/S");
        if (!kind.isName())
            return;
        const auto name = kind.getName();
        if (name == "/JavaScript" || name == "/Launch" || name == "/ImportData")
            facts_.has_script = true;
        if (name == "/SubmitForm" || name == "/GoToR" || name == "/Launch")
            add_file(dictionary.getKey("/F"));
    }

    /// A file specification with the file in it (ISO 32000 7.11.4).
    void take_file(QPDFObjectHandle& dictionary)
    {
        constexpr std::size_t most_files = 100;
        std::string name;
        for (const auto* key : {"/F", "/UF"})
            if (auto text = dictionary.getKey(key); text.isString())
                name = text.getUTF8Value();
        auto files = dictionary.getKey("/EF");
        if (!files.isDictionary())
            return;
        for (const auto* key : {"/UF", "/F"}) {
            auto stream = files.getKey(key);
            if (!stream.isStream() || !seen_.insert(stream.getObjGen()).second)
                continue;
            settle(stream.getDict());
            Limited taken{facts_.files.size() < most_files ? bytes_ : 0};
            UnpackLimit limit{bytes_};
            bool is_unpacked = false;
            try {
                stream.pipeStreamData(&taken, &is_unpacked, 0, qpdf_dl_generalized, true);
            } catch (const std::bad_alloc&) {
                throw;
            } catch (const std::exception&) {
                // As far as it went.
            }
            facts_.is_over_limit = facts_.is_over_limit || taken.is_over() || limit.is_over();
            facts_.is_damaged = facts_.is_damaged || !is_unpacked;
            auto octets = taken.take();
            bytes_ = std::min(bytes_ - octets.size(), limit.left());
            facts_.files.emplace_back(name, std::move(octets));
        }
    }

    /// Reads what a stream's filters refer to, while objects still pay for their values.
    static void settle(QPDFObjectHandle dictionary)
    {
        for (const auto* key : {"/Filter", "/DecodeParms"}) {
            auto value = dictionary.getKey(key);
            if (value.isArray())
                for (auto one : value.getArrayAsVector())
                    settle_one(one);
            else
                settle_one(value);
        }
    }
    static void settle_one(QPDFObjectHandle value)
    {
        if (value.isDictionary())
            for (const auto& key : value.getKeys())
                value.getKey(key).isNull();
    }

    void add_file(QPDFObjectHandle file)
    {
        if (file.isDictionary())
            file = file.getKey("/F");
        if (file.isString())
            add_link(file.getStringValue());
    }

    void add_link(std::string_view target)
    {
        if (target.empty() || facts_.links.size() >= link_limit_)
            return;
        facts_.links.emplace_back();
        mail::append_utf8(facts_.links.back(), target);
    }

    std::size_t link_limit_;
    std::size_t &objects_, &values_, &bytes_, &unpacked_;
    bool has_object_streams_ = false;
    std::set<QPDFObjGen> seen_;
    PdfFacts facts_;
};
}

std::size_t count_values(std::string_view text)
{
    enum Part : unsigned char { inner, end, beginning };
    static const auto parts = [] {
        constexpr std::string_view ends{"\0\t\n\f\r ()<>[]{}/%", 16}, begins = "([</";
        std::array<Part, 256> all{};
        for (const char c : ends)
            all[static_cast<unsigned char>(c)] = begins.find(c) == begins.npos ? end : beginning;
        return all;
    }();
    std::size_t count = 0;
    bool is_between = true;
    for (const char c : text) {
        const auto part = parts[static_cast<unsigned char>(c)];
        count += part == beginning || (part == inner && is_between) ? 1 : 0;
        is_between = part != inner && c != '/';
    }
    return count;
}

PdfFacts read_pdf_objects(std::string_view bytes, std::size_t link_limit, PdfBudget budget)
{
    return Pdf{link_limit, budget}.read(bytes);
}
}
