// expect: sealsql can take apart an aggregate of 1 to 52 members: for more columns use a tuple, which has no limit, or Row

#include <sealsql/connection.hpp>

struct Widest {
    int m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19,
        m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36, m37,
        m38, m39, m40, m41, m42, m43, m44, m45, m46, m47, m48, m49, m50, m51;
};
struct TooWide {
    int m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19,
        m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36, m37,
        m38, m39, m40, m41, m42, m43, m44, m45, m46, m47, m48, m49, m50, m51, m52;
};

// Members are counted, and named by a list that ends somewhere.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query<Widest>("SELECT * FROM wide"));
#else
    static_cast<void>(db.query<TooWide>("SELECT * FROM wide"));
#endif
}
