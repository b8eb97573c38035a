// SPDX-License-Identifier: Apache-2.0
#include "filters/content/pdf_objects.hpp"

#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <new>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFExc.hh>

namespace filters::content {
namespace {
class Pdf {
public:
    Pdf(std::size_t link_limit, std::size_t& objects, std::size_t& values)
        : link_limit_{link_limit}, objects_{objects}, values_{values}
    { }

    PdfFacts read(std::string_view bytes)
    {
        QPDF pdf;
        pdf.setSuppressWarnings(true);
        try {
            pdf.processMemoryFile("", bytes.data(), bytes.size());
            facts_.is_encrypted = pdf.isEncrypted();
            const auto table = pdf.getXRefTable();
            facts_.is_over_limit = table.size() > objects_;
            for (const auto& entry : table) {
                if (objects_ == 0 || values_ == 0)
                    break;
                --objects_;
                walk(pdf.getObject(entry.first));
            }
        } catch (const QPDFExc& problem) {
            if (problem.getErrorCode() == qpdf_e_password)
                facts_.is_encrypted = true;
            else
                facts_.is_damaged = true;
        } catch (const std::bad_alloc&) {
            throw;
        } catch (const std::exception&) {
            facts_.is_damaged = true;
        }
        if (values_ == 0)
            facts_.is_over_limit = true;
        return std::move(facts_);
    }

private:
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
    std::size_t &objects_, &values_;
    PdfFacts facts_;
};
}

PdfFacts read_pdf_objects(std::string_view bytes, std::size_t link_limit, std::size_t& objects,
                          std::size_t& values)
{
    return Pdf{link_limit, objects, values}.read(bytes);
}
}
