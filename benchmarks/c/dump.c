/* Invented people and an invented dump of them, at any size; the truth of every row goes to its own file.

   cc -O2 -o dump dump.c
   ./dump people N FIELD           canonical values of persons 0..N-1, one a line: phone, id, email or name,address (csv)
   ./dump rows ROWS N TRUTH gbk?   a dump of ROWS rows without header on standard output: name,phone,id,address,email

   No number can be real: phone blocks that no carrier has, region codes that no place has, reserved domains.
   Three rows in ten are about persons 0..N-1, drawn with replacement; the rest are strangers, who exist nowhere else.
   Truth, five bytes a row: person (u32, little-endian; 2^32-1 for a stranger), then which of its cells still hold the
   whole value: 1 phone, 2 ID, 4 e-mail.

   Dirt as files that are sold have it: +86, 86-, 0086, dashes, blanks, full-width digits, '.0' of a spreadsheet, masks,
   lower x, fifteen-digit IDs, a quote before the number, upper-case e-mail, NULL, nothing. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t u64;
typedef uint32_t u32;

static const char *BLOCKS[] = {"140", "141", "142", "143", "144", "154", "160", "161", "163", "164", "168", "169", "179"};
static const char *SURNAMES[] = {"赵", "钱", "孙", "李", "周", "吴", "郑", "王", "冯", "陈", "褚", "卫", "蒋", "沈", "韩", "杨", "朱", "秦", "许", "何", "吕", "张", "孔", "曹", "严", "华", "金", "魏", "陶", "姜", "欧阳", "司马"};
static const char *GIVEN[] = {"伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "秀", "霞", "平", "刚", "桂", "英", "华", "玉", "萍", "红", "建", "文", "辉", "力", "鹏", "梅", "琳", "晨", "宇", "浩", "欣", "雨", "佳", "思", "子", "轩", "博", "俊", "天", "海", "云", "龙", "凤"};
static const char *CITIES[] = {"北京市朝阳区", "上海市浦东新区", "广东省广州市天河区", "广东省深圳市南山区", "浙江省杭州市西湖区", "江苏省南京市鼓楼区", "四川省成都市武侯区", "湖北省武汉市洪山区", "陕西省西安市雁塔区", "山东省青岛市市南区", "福建省厦门市思明区", "辽宁省大连市中山区"};
static const char *ROADS[] = {"建国路", "人民路", "中山路", "解放路", "文化路", "和平路", "长江路", "黄河路", "学府路", "花园路", "新华路", "光明路", "胜利路", "幸福街", "青年街", "工业大道"};
static const char *PINYIN[] = {"zhao", "qian", "sun", "li", "zhou", "wu", "zheng", "wang", "feng", "chen", "chu", "wei", "jiang", "shen", "han", "yang"};
static const char *DOMAINS[] = {"example.com", "example.net", "example.org", "mail.example", "post.example"};
#define COUNT(array) (sizeof(array) / sizeof(array[0]))

static u64 mix(u64 x) { /* splitmix64: a bijection of 64 bits. */
    x += 0x9E3779B97F4A7C15ull;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

static u64 state;
static u64 draw(void) { return mix(state++); }
static u32 below(u32 n) { return (u32)(((draw() >> 32) * n) >> 32); }

static void digits(char *to, u64 value, int count) {
    for (int i = count - 1; i >= 0; i--, value /= 10) to[i] = (char)('0' + value % 10);
    to[count] = 0;
}

static void phone_of(u64 person, char *to) { /* Distinct for persons below 1.3 thousand million. */
    u64 place = (person * 870435941ull + 12345) % 1300000000ull;
    memcpy(to, BLOCKS[place / 100000000], 3);
    digits(to + 3, place % 100000000, 8);
}

static void id_of(u64 person, char *to) { /* Distinct for persons below 10^9: region 99xxxx, a day of 1950 to 1999, order. */
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    static const int weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    u64 place = (person * 40961000003ull) % 182500000000ull, day = place % 365, sum = 0;
    place /= 365;
    u64 year = 1950 + place % 50, month = 0;
    place /= 50;
    while (day >= (u64)days[month]) day -= days[month++];
    to[0] = to[1] = '9';
    digits(to + 2, place / 1000, 4);
    digits(to + 6, year * 10000 + (month + 1) * 100 + day + 1, 8);
    digits(to + 14, place % 1000, 3);
    for (int i = 0; i < 17; i++) sum += (u64)(to[i] - '0') * weights[i];
    to[17] = "10X98765432"[sum % 11];
    to[18] = 0;
}

static void email_of(u64 person, char *to) {
    sprintf(to, "%s%llu@%s", PINYIN[mix(person) % COUNT(PINYIN)], (unsigned long long)person + 100, DOMAINS[mix(person + 7) % COUNT(DOMAINS)]);
}

static void name_of(u64 person, char *to) {
    u64 r = mix(person ^ 0xABCDEF);
    to[0] = 0;
    strcat(to, SURNAMES[r % COUNT(SURNAMES)]);
    strcat(to, GIVEN[(r >> 16) % COUNT(GIVEN)]);
    if ((r >> 60) > 2) strcat(to, GIVEN[(r >> 32) % COUNT(GIVEN)]);
}

static void address_of(u64 person, char *to) {
    u64 r = mix(person ^ 0x123456789ull);
    sprintf(to, "%s%s%d号%d栋%d单元%d%02d室", CITIES[r % COUNT(CITIES)], ROADS[(r >> 8) % COUNT(ROADS)], (int)((r >> 16) % 900) + 1,
            (int)((r >> 28) % 30) + 1, (int)((r >> 36) % 4) + 1, (int)((r >> 44) % 28) + 1, (int)((r >> 52) % 6) + 1);
}

static void widened(const char *from, char *to) { /* Full-width digits. */
    for (; *from; from++) {
        *to++ = (char)0xEF;
        *to++ = (char)0xBC;
        *to++ = (char)(0x90 + *from - '0');
    }
    *to = 0;
}

static int dirty_phone(const char *p, char *to) {
    u32 r = below(1000);
    if (r < 560) return strcpy(to, p), 1;
    if (r < 640) return sprintf(to, "+86%s", p), 1;
    if (r < 680) return sprintf(to, "+86 %s", p), 1;
    if (r < 710) return sprintf(to, "86-%s", p), 1;
    if (r < 740) return sprintf(to, "0086%s", p), 1;
    if (r < 810) return sprintf(to, "%.3s-%.4s-%s", p, p + 3, p + 7), 1;
    if (r < 850) return sprintf(to, "%.3s %.4s %s", p, p + 3, p + 7), 1;
    if (r < 880) return sprintf(to, " %s ", p), 1;
    if (r < 910) return widened(p, to), 1;
    if (r < 950) return sprintf(to, "%s.0", p), 1;
    if (r < 965) return sprintf(to, "'%s", p), 1;
    if (r < 972) return to[0] = 0, 0;
    if (r < 979) return strcpy(to, "NULL"), 0;
    if (r < 994) return sprintf(to, "%.3s****%s", p, p + 7), 0;
    return sprintf(to, "%.10s", p), 0;
}

static int dirty_id(const char *id, char *to) {
    u32 r = below(1000);
    if (r < 700) return strcpy(to, id), 2;
    if (r < 740) return sprintf(to, " %s", id), 2;
    if (r < 780) return sprintf(to, "'%s", id), 2;
    if (r < 830) return sprintf(to, "%.6s%.6s%.3s", id, id + 8, id + 14), 2;
    if (r < 880) {
        strcpy(to, id);
        if (to[17] == 'X') to[17] = 'x';
        return 2;
    }
    if (r < 900) return sprintf(to, "%.6s %.8s %s", id, id + 6, id + 14), 2;
    if (r < 940) return to[0] = 0, 0;
    if (r < 960) return strcpy(to, "NULL"), 0;
    if (r < 990) return sprintf(to, "%.6s********%s", id, id + 14), 0;
    return sprintf(to, "%.17s%c", id, id[17] == '3' ? '4' : '3'), 0; /* The check digit is wrong. */
}

static int dirty_email(const char *e, char *to) {
    u32 r = below(1000);
    if (r < 500) return strcpy(to, e), 4;
    if (r < 600) {
        strcpy(to, e);
        for (char *c = to; *c; c++) *c -= (char)((*c >= 'a' && *c <= 'z') * 32);
        return 4;
    }
    if (r < 640) return sprintf(to, " %s", e), 4;
    if (r < 660) return sprintf(to, "<%s>", e), 4;
    if (r < 670) return strcpy(to, "NULL"), 0;
    if (r < 690) return sprintf(to, "%c***%s", e[0], strchr(e, '@')), 0;
    return to[0] = 0, 0;
}

static void row(u64 who, u32 known, FILE *truth) {
    char value[128], name[64], phone[64], id[64], email[96], address[160];
    u32 person = who < known ? (u32)who : 0xFFFFFFFFu, r = below(100);
    unsigned char whole = 0;
    name_of(who, value);
    if (r < 92) strcpy(name, value);
    else if (r < 96) sprintf(name, " %s ", value);
    else name[0] = 0;
    phone_of(who, value), whole |= (unsigned char)dirty_phone(value, phone);
    id_of(who, value), whole |= (unsigned char)dirty_id(value, id);
    email_of(who, value), whole |= (unsigned char)dirty_email(value, email);
    address_of(who, address);
    printf("%s,%s,%s,%s,%s\n", name, phone, id, address, email);
    fwrite(&person, 4, 1, truth), fwrite(&whole, 1, 1, truth);
}

int main(int argc, char **argv) {
    static char buffer[1 << 20];
    char value[256];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    if (argc == 4 && !strcmp(argv[1], "people")) {
        void (*write)(u64, char *) = !strcmp(argv[3], "phone") ? phone_of : !strcmp(argv[3], "id") ? id_of : email_of;
        for (u64 person = 0, end = strtoull(argv[2], 0, 10); person < end; person++) {
            write(person, value);
            if (write == phone_of) value[11] = 0, fputs("+86", stdout);
            puts(value);
        }
        return 0;
    }
    if (argc == 5 && !strcmp(argv[1], "rows")) {
        u64 rows = strtoull(argv[2], 0, 10), known = strtoull(argv[3], 0, 10);
        FILE *truth = fopen(argv[4], "wb");
        if (!truth) return 1;
        for (u64 i = 0; i < rows; i++) {
            state = i * 64 + 1; /* Every row draws for itself: a shorter dump is the beginning of a longer one. */
            u64 who = below(1000) < 300 ? below((u32)known) : known + i;
            row(who, (u32)known, truth);
        }
        return fclose(truth);
    }
    fputs("usage: dump people N phone|id|email; dump rows ROWS N TRUTH\n", stderr);
    return 2;
}
