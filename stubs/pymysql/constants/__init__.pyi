from pymysql.constants import ER as ER
