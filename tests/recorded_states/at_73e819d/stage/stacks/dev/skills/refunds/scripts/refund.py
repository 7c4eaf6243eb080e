print("refunded")
