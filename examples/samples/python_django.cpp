// The vendor's sample for Django. Mended: it is called "PyMySQL" and lacks the two lines that make Django use that; with
// mysqlclient, which Django uses by itself, the same settings leave out the name and fall back to plaintext. Here they mean one
// thing.

#include "sample.hpp"

#include <sealsql/text/python.hpp>

#include <exception>

int main()
try {
    auto const translation = sealsql::translate_django(sample::fill(R"(
DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.mysql',
        'NAME': '<the specified database to be accessed>',
        'USER': '<database access username>',
        'PASSWORD': '<database access password>',
        'HOST': '<database access address>',
        'PORT': '<access port>',
        'OPTIONS': {
            'ssl': {'ca': '<path of the downloaded certificate>'}
        }
    }
}
)"));
    std::cout << to_text(translation);
    sealsql::Connection db{translation.options};
    sample::prove_encryption(db);
    // A web application's first question: are the tables there?
    auto const tables = db.query_value<std::int64_t>(
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()");
    std::cout << tables << " tables\n";
} catch (std::exception const& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
