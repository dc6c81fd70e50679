/* The floor under a tile builder: for every entry one RFC 6962 leaf hash and one node hash, by OpenSSL, in one
 * reused context. Prints entries per CPU second.
 *
 *     gcc -O2 -o leaf_node leaf_node.c -lcrypto && ./leaf_node ENTRIES LEAF_BYTES
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double cpu_seconds(void) {
    struct timespec at;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at) != 0) abort();
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void hash(EVP_MD_CTX *context, const EVP_MD *sha256, const unsigned char *data, size_t size, unsigned char *into) {
    if (EVP_DigestInit_ex(context, sha256, NULL) != 1 || EVP_DigestUpdate(context, data, size) != 1 ||
        EVP_DigestFinal_ex(context, into, NULL) != 1)
        abort();
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    const long entries = atol(arguments[1]), size = atol(arguments[2]);
    if (entries < 1 || size < 8) return 2;
    unsigned char *leaf = calloc(1, (size_t)size + 1), node[65] = {1};
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (leaf == NULL || context == NULL || sha256 == NULL) abort();
    const double start = cpu_seconds();
    for (long i = 0; i < entries; i++) {
        for (int k = 0; k < 8; k++) leaf[1 + k] = (unsigned char)(i >> (8 * k));
        hash(context, sha256, leaf, (size_t)size + 1, node + 1 + 32 * (i & 1));
        hash(context, sha256, node, sizeof node, node + 33 - 32 * (i & 1));
    }
    const double used = cpu_seconds() - start;
    /* The last hash is printed too, so that no compiler may leave the work out. */
    printf("%.0f %02x\n", (double)entries / used, node[1]);
    EVP_MD_CTX_free(context);
    EVP_MD_free(sha256);
    free(leaf);
    return 0;
}
